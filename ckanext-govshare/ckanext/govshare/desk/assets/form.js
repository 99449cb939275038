/* The form: fields that apply, lists that depend on others, room left, guide, focus, one click is one click.
   Everything here makes the page quicker; without it the server does the same when the page is saved. */
(function () {
  "use strict";
  const form = document.querySelector("form.gs-entryform");
  const gs = (window.govshareForm = { form: form, words: {}, settled: {} });

  gs.say = function (name, values) {
    return (gs.words[name] || name).replace(/\{(\w+)\}/g, (all, key) => (values && key in values ? values[key] : all));
  };

  function focusSummary() {
    const summary = document.querySelector("[data-focus]");
    if (summary && !location.hash) summary.focus();
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#f-"]');
      const target = link && document.getElementById(link.getAttribute("href").slice(1));
      if (!target) return;
      event.preventDefault();
      goTo(target);
    });
    const target = location.hash.startsWith("#f-") && document.getElementById(location.hash.slice(1));
    if (target) goTo(target);
  }

  function goTo(target) {
    const fold = target.closest("details");
    if (fold) fold.open = true;
    target.focus();
    target.scrollIntoView({ block: "center" });
  }

  function showStep() {
    const here = document.querySelector(".gs-step[aria-current]"), bar = document.querySelector(".gs-steps");
    if (here && bar.scrollWidth > bar.clientWidth) bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  }

  /* A form is sent once: a second click while the first is under way does nothing. */
  function once(element) {
    let sent = false;
    element.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (sent) { event.preventDefault(); return; }
      sent = true;
      element.setAttribute("aria-busy", "true");
    });
    window.addEventListener("pageshow", (event) => { if (event.persisted) sent = false; });
  }

  function closeGuides() {
    if (!window.matchMedia("(max-width: 1000px)").matches) return;
    document.querySelectorAll(".gs-f__guide[open]").forEach((guide) => guide.removeAttribute("open"));
  }

  /* What a field holds now: on this page if it is here, else as it was saved. */
  gs.value = function (name) {
    const here = form.querySelectorAll('[name="' + name + '"]');
    if (!here.length) return gs.settled[name] || "";
    if (here[0].type === "radio") {
      const chosen = Array.from(here).find((input) => input.checked && !input.disabled);
      return chosen ? chosen.value : "";
    }
    const used = Array.from(here).find((input) => !input.disabled);
    return used ? used.value : "";
  };

  function holds(conditions) {
    return Object.keys(conditions).every((name) => conditions[name].includes(gs.value(name)));
  }

  function applyConditions() {
    form.querySelectorAll("[data-when]").forEach((field) => {
      const shown = holds(JSON.parse(field.dataset.when));
      if (field.hidden === !shown) return;
      field.hidden = !shown;
      field.querySelectorAll("input, select, textarea").forEach((input) => {
        if (input.dataset.unused === undefined) input.disabled = !shown;
      });
    });
    form.querySelectorAll("[data-needed]").forEach((field) => {
      const mark = field.querySelector("[data-must]");
      if (mark) mark.hidden = !holds(JSON.parse(field.dataset.needed));
    });
  }

  const lists = {};
  gs.codelist = function (name) {
    lists[name] = lists[name] || fetch(form.dataset.codelists + "?name=" + encodeURIComponent(name), { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((answer) => answer.result.codes);
    lists[name].catch(() => delete lists[name]);
    return lists[name];
  };

  /* Children of another parent: a list where the parent has any, else a field to type the code in. */
  function refill(box) {
    const parent = gs.value(box.dataset.parent);
    if (box.dataset.of === parent) return Promise.resolve();
    box.dataset.of = parent;
    return gs.codelist(box.dataset.cascade).then((codes) => {
      if (box.dataset.of !== parent) return;
      const old = box.querySelector("select, input");
      const held = old.value;
      const children = codes.filter((code) => code.parent === parent);
      const listed = children.length || !parent;
      const fresh = document.createElement(listed ? "select" : "input");
      for (const attribute of ["name", "id", "aria-describedby", "aria-required", "aria-invalid"]) {
        if (old.hasAttribute(attribute)) fresh.setAttribute(attribute, old.getAttribute(attribute));
      }
      fresh.className = listed ? "gs-input" : "gs-input gs-num";
      fresh.disabled = old.disabled;
      if (listed) {
        fresh.append(new Option(parent ? box.dataset.none : box.dataset.first, ""));
        children.forEach((code) => fresh.append(new Option((code.code.startsWith(code.parent) ? code.code + " " : "") + code[form.dataset.language], code.code)));
        fresh.value = children.some((code) => code.code === held) ? held : children.length === 1 ? children[0].code : "";
      } else {
        fresh.type = "text";
        fresh.autocomplete = "off";
        fresh.value = codes.some((code) => code.code === held) ? "" : held;
      }
      const focused = document.activeElement === old;
      old.replaceWith(fresh);
      if (focused) fresh.focus();
      if (fresh.value !== held) fresh.dispatchEvent(new Event("change", { bubbles: true }));
    }).catch(() => delete box.dataset.of);
  }

  function cascades() {
    form.querySelectorAll("[data-cascade]").forEach(refill);
    const shown = form.querySelector("[data-code-prefix]");
    if (!shown || !shown.dataset.codePrefix) return;
    const deepest = JSON.parse(shown.dataset.codePrefix).map(gs.value).find(Boolean);
    shown.textContent = deepest || shown.dataset.none;
  }

  gs.fits = function (input) {
    const count = document.getElementById(input.id + "-count");
    if (!count) return;
    const left = Number(input.dataset.most) - Array.from(input.value).length;
    count.textContent = left >= 0 ? gs.say("left", { number: left }) : gs.say("over", { number: -left });
    count.classList.toggle("gs-f__count--over", left < 0);
  };

  document.querySelectorAll("form[data-once]").forEach(once);
  closeGuides();
  showStep();
  if (!form) { focusSummary(); return; }
  gs.words = JSON.parse(form.dataset.words);
  gs.settled = JSON.parse(form.dataset.settled);
  form.querySelectorAll("[data-cascade]").forEach((box) => { box.dataset.of = gs.value(box.dataset.parent); });
  form.addEventListener("input", (event) => { if (event.target.dataset.most) gs.fits(event.target); });
  form.addEventListener("change", () => { applyConditions(); cascades(); });
  form.querySelectorAll("[data-most]").forEach(gs.fits);
  applyConditions();
  once(form);
  focusSummary();
})();
