"use strict";
/* Sorting, filtering, looking closer. Everything can be read without this. */
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const root = document.documentElement;
  root.classList.add("scripted");
  for (const el of all(".js, .theme")) el.hidden = false;

  /* theme */
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const remember = (value) => { try { localStorage.setItem("durometer-theme", value); } catch { /* not kept */ } };
  const recall = () => { try { return localStorage.getItem("durometer-theme"); } catch { return null; } };
  if (["light", "dark"].includes(recall())) root.dataset.theme = recall();
  document.querySelector(".theme").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remember(root.dataset.theme);
  });

  /* tables: sort by a column; rows without a value stay last */
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v ?? cell.textContent.trim();
  };
  const order = (kind, way) => (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    return way * (kind === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));
  };
  const sort = (table, header) => {
    const kind = header.dataset.sort;
    const first = kind === "number" ? "descending" : "ascending";
    const other = kind === "number" ? "ascending" : "descending";
    const way = header.getAttribute("aria-sort") === first ? other : first;
    for (const th of all("th[aria-sort]", table)) th.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", way);
    const compare = order(kind, way === "ascending" ? 1 : -1);
    const rows = all("tbody tr", table);
    rows.sort((a, b) => compare(value(a, header.cellIndex), value(b, header.cellIndex)));
    table.tBodies[0].append(...rows);
  };
  for (const table of all("table.sortable")) {
    for (const header of all("th[data-sort]", table)) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sort(table, header));
    }
  }

  /* drops: choose a model, hide what cannot be told from zero */
  const sift = (id) => {
    const model = document.querySelector(`[data-rows="${id}"]`)?.value ?? "";
    const hide = document.querySelector(`[data-hide="${id}"]`).checked;
    for (const row of all("tbody tr", document.getElementById(id))) {
      const quiet = ["undecided", "diagnostic"].includes(row.dataset.verdict);
      row.hidden = (model !== "" && row.dataset.model !== model) || (hide && quiet);
    }
  };
  for (const el of all("[data-rows], [data-hide]")) {
    el.addEventListener("change", () => sift(el.dataset.rows ?? el.dataset.hide));
  }

  /* the chart: choose models; one always stays */
  for (const group of all(".chooser")) {
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const on = button.getAttribute("aria-pressed") === "true";
      if (on && all('[aria-pressed="true"]', group).length === 1) return;
      button.setAttribute("aria-pressed", String(!on));
      const cells = all(`.forest [data-model="${button.dataset.show}"]`, group.closest(".record"));
      for (const cell of cells) cell.hidden = on;
    });
  }

  /* gallery */
  const FEW = 24;
  const galleries = new Map();
  const setUp = (tools) => {
    const box = document.getElementById(tools.dataset.gallery);
    const more = document.querySelector(`[data-more="${box.id}"]`);
    const selects = all("select", tools);
    const state = { box, selects, few: true };
    state.apply = () => {
      const wanted = selects.filter((s) => s.value !== "");
      const fits = (f) => wanted.every((s) => f.dataset[s.dataset.by] === s.value);
      let found = 0;
      for (const figure of box.children) {
        const fit = fits(figure);
        figure.hidden = !fit || (state.few && found >= FEW);
        found += fit;
      }
      const shown = all(".pair:not([hidden])", box).length;
      tools.querySelector(".status").textContent = `${shown} of ${found} shown`;
      more.parentElement.hidden = shown === found;
      more.textContent = `Show all ${found}`;
    };
    state.choose = (picks) => {
      for (const s of selects) {
        const pick = picks[s.dataset.by] ?? "";
        s.value = [...s.options].some((o) => o.value === pick) ? pick : "";
      }
      state.apply();
    };
    for (const s of selects) s.addEventListener("change", state.apply);
    tools.querySelector("[data-clear]").addEventListener("click", () => state.choose({}));
    more.addEventListener("click", () => { state.few = false; state.apply(); });
    galleries.set(box, state);
    state.apply();
  };
  for (const tools of all("[data-gallery]")) setUp(tools);

  for (const link of all("a.show")) {
    link.addEventListener("click", () => {
      const box = all(".pairs", link.closest(".record"))[0];
      const d = link.dataset;
      galleries.get(box).choose({ class: d.filterClass, edit: d.filterEdit, model: d.filterModel, kind: d.filterKind });
      setTimeout(() => box.querySelector(".pair:not([hidden]) a")?.focus({ preventScroll: true }));
    });
  }

  /* the large view */
  const viewer = document.querySelector(".viewer");
  let current = null;
  const visible = (figure) => all(".pair:not([hidden])", figure.parentElement);
  const draw = (figure) => {
    current = figure;
    const list = visible(figure);
    viewer.querySelector(".viewer-count").textContent = `${list.indexOf(figure) + 1} of ${list.length}`;
    const parts = [".two", "figcaption"].map((what) => figure.querySelector(what).cloneNode(true));
    viewer.querySelector(".viewer-body").replaceChildren(...parts);
  };
  const step = (by) => {
    const list = visible(current);
    draw(list[(list.indexOf(current) + by + list.length) % list.length]);
  };
  const open = (figure) => {
    if (figure.hidden) {
      const state = galleries.get(figure.parentElement);
      state.few = false;
      state.choose({});
    }
    draw(figure);
    viewer.showModal();
  };
  for (const link of all(".pair a, [data-open]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open(document.getElementById(link.hash.slice(1)));
    });
  }
  viewer.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.step) step(Number(button.dataset.step));
    if (button?.hasAttribute("data-close") || event.target === viewer) viewer.close();
  });
  viewer.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
  });
  viewer.addEventListener("close", () => current?.querySelector("a").focus());

  /* arrow keys from picture to picture */
  const moves = (list, at) => {
    const columns = list.filter((f) => f.offsetTop === list[0].offsetTop).length;
    return { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns,
      Home: 0, End: list.length - 1 };
  };
  for (const box of galleries.keys()) {
    box.addEventListener("keydown", (event) => {
      const figure = event.target.closest(".pair");
      if (!figure) return;
      const list = visible(figure);
      const next = list[moves(list, list.indexOf(figure))[event.key]];
      if (next) { event.preventDefault(); next.querySelector("a").focus(); }
    });
  }

  /* copy, paper, and Escape for what lies over the page */
  for (const button of all("[data-copy]")) {
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(source);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
  }
  addEventListener("beforeprint", () => { for (const image of all("img")) image.loading = "eager"; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const box of all(".why[open]")) {
      box.open = false;
      if (box.contains(document.activeElement)) box.querySelector("summary").focus();
    }
  });
})();
