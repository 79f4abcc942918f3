// A target's card: sums follow what is typed, arrow keys walk through the cells, a figure ticks its unit.
(() => {
  const form = document.querySelector("[data-shares]");
  if (!form) return;
  const rows = [...form.querySelectorAll(".tg-row")].filter((row) => row.querySelector("[data-cell]"));
  if (!rows.length) return;
  const figure = (cell) => (/^\d{1,8}(\.\d{1,4})?$/.test(cell.value.trim()) ? Math.round(Number(cell.value) * 1e4) : 0);
  const said = (sum) => (sum / 1e4).toLocaleString("en-US", { maximumFractionDigits: 4 });

  const add = () => {
    const totals = { 1: 0, 2: 0, 3: 0, 4: 0 };
    let whole = 0;
    for (const row of rows) {
      let sum = 0;
      for (const cell of row.querySelectorAll("[data-cell]")) {
        const value = figure(cell);
        sum += value;
        totals[cell.dataset.cell] += value;
      }
      row.querySelector("[data-sum]").textContent = sum ? said(sum) : "";
      whole += sum;
    }
    for (const out of form.querySelectorAll("[data-total]")) out.textContent = said(totals[out.dataset.total]);
    form.querySelector("[data-whole]").textContent = said(whole);
  };

  form.addEventListener("input", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (!cell) return;
    if (cell.value.trim()) cell.closest(".tg-row").querySelector("[type=checkbox]").checked = true;
    add();
  });
  form.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (!cell) return;
    const row = rows.indexOf(cell.closest(".tg-row"));
    const column = Number(cell.dataset.cell);
    const ends = { ArrowLeft: cell.selectionStart === 0, ArrowRight: cell.selectionEnd === cell.value.length };
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || ends[event.key] === false) return;
    const next = rows[row + step[0]]?.querySelector(`[data-cell="${column + step[1]}"]`);
    if (next || event.key === "Enter") event.preventDefault();
    next?.focus();
    next?.select();
  });
  add();
})();
