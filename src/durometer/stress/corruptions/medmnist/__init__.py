"""The corruptions of MedMNIST-C, one file an operation, constants by data set."""
