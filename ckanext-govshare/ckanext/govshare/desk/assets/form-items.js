/* The item table as a spreadsheet: keys, paste from Excel, rows up and down, one step back. Posted as one JSON value. */
(function () {
  "use strict";
  const gs = window.govshareForm;
  const box = gs && gs.form && gs.form.querySelector("[data-items]");
  if (!box) return;
  const body = box.querySelector("[data-rows]");
  const json = box.querySelector("[data-json]");
  const said = box.querySelector("[data-said]");
  const undoButton = box.querySelector('[data-do="undo"]');
  const columns = JSON.parse(json.dataset.columns);
  const template = box.querySelector("template[data-row]");
  const past = [];

  const key = (text) => String(text).replace(/[\s*＊：:]|[（(].*$/g, "").toLowerCase();
  const cells = (row) => Array.from(row.querySelectorAll("[data-col]"));
  const rows = () => Array.from(body.rows);
  const tell = (text) => { said.textContent = text; };

  function plain(row) {
    const found = {};
    cells(row).forEach((cell) => { if (cell.value.trim()) found[cell.dataset.col] = cell.value.trim(); });
    return found;
  }
  function table() { return rows().map(plain); }

  gs.collect = function () {
    json.value = JSON.stringify(table().filter((row) => Object.keys(row).length));
  };

  function fill(row, values) {
    cells(row).forEach((cell) => {
      const value = values[cell.dataset.col] || "";
      if (cell.tagName === "SELECT" && value && !Array.from(cell.options).some((option) => option.value === value)) {
        cell.append(new Option(gs.say("unknown", { value: value }), value));
      }
      cell.value = value;
    });
  }

  function made(values) {
    const row = template.content.firstElementChild.cloneNode(true);
    unnamed(row);
    if (values) fill(row, values);
    return row;
  }

  function unnamed(row) {
    cells(row).forEach((cell) => { cell.removeAttribute("name"); cell.dataset.unused = ""; });
    row.querySelectorAll("button").forEach((button) => { button.type = "button"; });
  }

  function number() {
    rows().forEach((row, at) => {
      const head = row.querySelector("[data-no]");
      if (head.textContent === String(at + 1)) return;
      head.textContent = at + 1;
      cells(row).forEach((cell, place) => cell.setAttribute("aria-label", gs.say("cell", { column: columns[place].label, row: at + 1 })));
    });
    count();
  }
  function count() {
    box.querySelector("[data-count-rows]").textContent = gs.say("rows", { number: table().filter((row) => Object.keys(row).length).length });
  }

  function changed(text) {
    number();
    if (text) tell(text);
    undoButton.hidden = !past.length;
    if (gs.touched) gs.touched();
  }

  function remember() {
    past.push(table());
    if (past.length > 20) past.shift();
  }

  function draw(values) {
    const old = rows();
    const fresh = document.createDocumentFragment();
    values.forEach((value, at) => { if (at < old.length) fill(old[at], value); else fresh.append(made(value)); });
    old.slice(values.length).forEach((row) => row.remove());
    body.append(fresh);
  }

  function undo() {
    if (!past.length) return;
    draw(past.pop());
    changed(gs.say("undone"));
    undoButton.hidden = !past.length;
  }

  function add(after) {
    const row = made();
    if (after) after.after(row); else body.append(row);
    number();
    return row;
  }

  function focus(row, place) {
    const cell = row && cells(row)[Math.max(0, Math.min(place, columns.length - 1))];
    if (!cell) return;
    cell.focus();
    cell.defaultSeen = cell.value;
    if (cell.select) cell.select();
  }

  function remove(row) {
    remember();
    const at = rows().indexOf(row);
    if (rows().length === 1) fill(row, {}); else row.remove();
    changed(gs.say("removed", { number: at + 1 }));
    focus(rows()[Math.min(at, rows().length - 1)], 0);
  }

  function move(row, by, place) {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    remember();
    if (by < 0) other.before(row); else other.after(row);
    changed(gs.say("moved", { number: rows().indexOf(row) + 1 }));
    focus(row, place || 0);
  }

  /* Cells between tabs, rows between line ends; quotes around cells that hold either. */
  function parse(text) {
    const found = [[""]];
    let quoted = false;
    for (let at = 0; at < text.length; at += 1) {
      const char = text[at], row = found[found.length - 1], last = row.length - 1;
      if (quoted) {
        if (char !== '"') row[last] += char;
        else if (text[at + 1] === '"') { row[last] += '"'; at += 1; }
        else quoted = false;
      } else if (char === '"' && row[last] === "") quoted = true;
      else if (char === "\t") row.push("");
      else if (char === "\n") found.push([""]);
      else if (char !== "\r") row[last] += char;
    }
    return found.filter((row) => row.some((cell) => cell.trim()));
  }

  function meant(column, text) {
    const value = text.replace(/\s+/g, " ").trim();
    if (!value || !column.words.length) return value;
    const wanted = key(value);
    const match = column.words.find(([code, zh, en]) => [code.toLowerCase(), key(zh), key(en), key(code + zh)].includes(wanted))
      || column.words.find(([, zh]) => key(zh).replace(/型+$/, "") === wanted)
      || (/^[0-9]+$/.test(value) && column.words[Number(value) - 1]);
    return match ? match[0] : value;
  }

  function head(line) {
    const found = line.map((cell) => columns.findIndex((column) => column.titles.some((title) => key(title) === key(cell))));
    return found.filter((place) => place >= 0).length >= Math.min(2, line.length) ? found : null;
  }

  function paste(text, row, place) {
    let lines = parse(text);
    if (!lines.length) return 0;
    let places = head(lines[0]);
    if (places) lines = lines.slice(1); else places = lines[0].map((cell, at) => place + at);
    remember();
    const values = table();
    let at = row ? rows().indexOf(row) : values.length;
    if (!row) while (at > 0 && !Object.keys(values[at - 1]).length) at -= 1;
    lines.forEach((line, offset) => {
      const target = (values[at + offset] = values[at + offset] || {});
      line.forEach((cell, from) => {
        const column = columns[places[from] === undefined ? place + from : places[from]];
        if (column) target[column.name] = meant(column, cell);
      });
    });
    draw(values);
    changed(gs.say("pasted", { number: lines.length }));
    return lines.length;
  }

  let register = null;
  function standards() {
    register = register || fetch(gs.form.dataset.standards, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : { result: [] }))
      .then((answer) => (Array.isArray(answer.result) ? answer.result : answer.result.results || []))
      .catch(() => []);
    register.then((items) => {
      const list = box.querySelector("#standard-items");
      if (list.childElementCount) return;
      items.forEach((item) => { const option = new Option("", item.id); option.label = (item[gs.form.dataset.language] || item.zh) + " " + item.type + (item.length || ""); list.append(option); });
    });
    return register;
  }

  function takeStandard(cell) {
    const wanted = key(cell.value);
    if (!wanted) return;
    standards().then((items) => {
      const item = items.find((one) => [one.id, one.zh, one.en, one.name].some((name) => name && key(name) === wanted));
      if (!item) return;
      cell.value = item.id;
      const row = cell.closest("tr");
      const values = plain(row);
      ["type", "length", "code_table"].forEach((name) => { if (item[name]) values[name] = item[name]; });
      if (!values.name) values.name = item.zh;
      fill(row, values);
      changed(gs.say("standard", { name: item[gs.form.dataset.language] || item.zh }));
    });
  }

  body.addEventListener("focusin", (event) => { if (event.target.dataset.col === "standard") standards(); });
  body.addEventListener("change", (event) => {
    if (event.target.dataset.col === "standard") takeStandard(event.target);
    count();
  });

  body.addEventListener("paste", (event) => {
    const cell = event.target.closest("[data-col]");
    const text = event.clipboardData && event.clipboardData.getData("text/plain");
    if (!cell || !text || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    const row = cell.closest("tr"), place = cells(row).indexOf(cell);
    paste(text, row, place);
    focus(row, place);
  });

  const atStart = (cell) => cell.tagName === "SELECT" || (cell.selectionStart === 0 && (cell.selectionEnd === 0 || cell.selectionEnd === cell.value.length));
  const atEnd = (cell) => cell.tagName === "SELECT" || (cell.selectionEnd === cell.value.length && (cell.selectionStart === cell.value.length || cell.selectionStart === 0));

  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-col]");
    if (!cell || event.isComposing) return;
    const row = cell.closest("tr"), place = cells(row).indexOf(cell), name = event.key;
    const vertical = name === "ArrowUp" ? -1 : name === "ArrowDown" ? 1 : 0;
    const act = (done) => { event.preventDefault(); done(); };
    if (event.altKey && event.shiftKey && vertical) return act(() => move(row, vertical, place));
    if (event.altKey && name === "Delete") return act(() => remove(row));
    if (event.altKey && name === "Insert") return act(() => { remember(); focus(add(row), place); changed(); });
    if ((event.ctrlKey || event.metaKey) && name.toLowerCase() === "z" && past.length && !event.shiftKey && cell.value === cell.defaultSeen) return act(undo);
    if (event.altKey || event.ctrlKey || event.metaKey) return undefined;
    if (name === "Enter") return act(() => focus(row.nextElementSibling || (Object.keys(plain(row)).length ? add() : row), row.nextElementSibling ? place : 0));
    if (vertical && cell.getAttribute("list") && cell.value === "") return undefined;
    if (vertical) return act(() => focus(vertical < 0 ? row.previousElementSibling : row.nextElementSibling, place));
    if (name === "ArrowLeft" && atStart(cell) && place) return act(() => focus(row, place - 1));
    if (name === "ArrowRight" && atEnd(cell) && place < columns.length - 1) return act(() => focus(row, place + 1));
    return undefined;
  });
  body.addEventListener("focusin", (event) => { if (event.target.dataset.col) event.target.defaultSeen = event.target.value; });

  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("tr"), verb = button.dataset.do;
    if (verb === "add") { focus(add(), 0); changed(); }
    if (verb === "undo") undo();
    if (verb === "remove") remove(row);
    if (verb === "up") move(row, -1);
    if (verb === "down") move(row, 1);
    if (verb === "paste") {
      const area = box.querySelector("[data-paste]");
      if (paste(area.value, null, 0)) { area.value = ""; area.closest("details").removeAttribute("open"); focus(rows()[0], 0); }
    }
  });

  rows().forEach(unnamed);
  gs.form.enctype = "multipart/form-data";
  gs.form.addEventListener("submit", gs.collect);
  gs.collect();
})();
