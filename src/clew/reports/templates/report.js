"use strict";
(() => {
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
  each("[hidden].scripted", (element) => { element.hidden = false; });

  const decimal = /^([\d,]+)(\.\d+)?$/;
  const compare = (a, b) => {
    const [x, y] = [decimal.exec(a), decimal.exec(b)];
    if (x && y) {
      const [whole, other] = [x[1], y[1]].map((digits) => BigInt(digits.replaceAll(",", "")));
      [a, b] = whole === other ? [x[2] ?? "", y[2] ?? ""] : whole < other ? ["0", "1"] : ["1", "0"];
    }
    return a < b ? -1 : a > b ? 1 : 0;
  };
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell ? cell.dataset.v ?? cell.textContent.trim() : "";
  };
  each("table.sortable thead th", (head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      head.parentNode.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = head.closest("table").tBodies[0];
      const rows = [...body.rows];
      rows.sort((a, b) => compare(value(a, head.cellIndex), value(b, head.cellIndex)) * (down ? -1 : 1));
      body.append(...rows);
    });
  });
  each("input[data-filter]", (input) => {
    const rows = [...document.getElementById(input.dataset.filter).tBodies[0].rows];
    const shown = document.getElementById(`${input.dataset.filter}-shown`);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let found = 0;
      rows.forEach((row) => {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        found += row.hidden ? 0 : 1;
      });
      shown.textContent = wanted === "" ? "" : `${found} of ${rows.length} rows match`;
    });
  });
  each("button[data-open]", (button) => {
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(open));
      button.textContent = open ? "Close all" : "Open all";
      document.getElementById(button.dataset.open).querySelectorAll("details").forEach((d) => { d.open = open; });
    });
  });
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((d) => { d.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((d) => { d.open = false; }));
})();
