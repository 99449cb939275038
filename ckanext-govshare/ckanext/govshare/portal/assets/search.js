/* Suggestions while somebody types (ARIA combobox with a list box). The form works without this. */
(function () {
  "use strict";
  var WAIT = 180; // milliseconds of quiet before the server is asked
  var LONGEST = 40; // characters that the server answers
  var last = 0;

  function element(name, attributes, text) {
    var made = document.createElement(name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text) { made.textContent = text; }
    return made;
  }

  function install(box) {
    var input = box.querySelector("input");
    var said = box.dataset;
    var id = input.id + "-list";
    var list = element("div", { id: id, role: "listbox", "class": "gs-suggest", "aria-label": said.list, hidden: "" });
    var status = element("span", { role: "status", "class": "gs-hidden" });
    var options = [];
    var at = -1;
    var asked = 0;
    var timer = null;
    var typed = input.value;

    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", id);
    input.setAttribute("aria-expanded", "false");
    box.appendChild(list);
    box.appendChild(status);

    function close() {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function choose(place) {
      if (options[at]) { options[at].setAttribute("aria-selected", "false"); }
      at = place;
      if (!options[at]) {
        at = -1;
        input.removeAttribute("aria-activedescendant");
        return;
      }
      options[at].setAttribute("aria-selected", "true");
      options[at].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[at].id);
    }

    function go(option) {
      close();
      if (option.dataset.url) {
        window.location.assign(option.dataset.url);
        return;
      }
      input.value = option.textContent;
      input.form.submit();
    }

    function add(group, text, url) {
      var option = element("div", { id: id + "-" + options.length, role: "option", "aria-selected": "false" }, text);
      if (url) { option.dataset.url = url; }
      options.push(option);
      group.appendChild(option);
    }

    function section(title, rows, text, url) {
      if (!rows.length) { return; }
      var name = id + "-" + title;
      var group = element("div", { role: "group", "aria-labelledby": name });
      group.appendChild(element("div", { id: name, role: "presentation", "class": "gs-suggest__title" }, said[title]));
      rows.forEach(function (row) { add(group, text(row), url(row)); });
      list.appendChild(group);
    }

    function show(found) {
      var titled = function (row) { return row.title; };
      options = [];
      list.textContent = "";
      section("words", found.words, function (word) { return word; }, function () { return ""; });
      section("entries", found.entries, titled, function (row) { return said.entry.replace("__name__", encodeURIComponent(row.name)); });
      section("departments", found.departments, titled, function (row) { return said.department.replace("__name__", encodeURIComponent(row.name)); });
      close();
      status.textContent = options.length ? said.number.replace("{number}", options.length) : said.none;
      if (options.length && document.activeElement === input) {
        list.hidden = false;
        input.setAttribute("aria-expanded", "true");
      }
    }

    function ask() {
      var words = input.value.trim();
      asked = last = last + 1;
      if (!words || words.length > LONGEST) { close(); return; }
      var mine = asked;
      fetch(said.gsSuggest + "?q=" + encodeURIComponent(words), { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(function (answer) { if (answer && answer.success && mine === asked) { show(answer.result); } })
        .catch(function () { close(); });
    }

    input.addEventListener("input", function (event) {
      if (event.isComposing || input.value === typed) { return; }
      typed = input.value;
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, WAIT);
    });
    input.addEventListener("compositionend", function () {
      typed = input.value;
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, WAIT);
    });
    input.addEventListener("keydown", function (event) {
      if (event.isComposing) { return; }
      if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
        event.preventDefault();
        var step = event.key === "ArrowDown" ? 1 : -1;
        if (list.hidden) {
          list.hidden = false;
          input.setAttribute("aria-expanded", "true");
        }
        choose(at < 0 && step < 0 ? options.length - 1 : at + step);
      } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
        event.preventDefault();
        go(options[at]);
      }
    });
    list.addEventListener("mousedown", function (event) { event.preventDefault(); });
    list.addEventListener("click", function (event) {
      var option = event.target.closest("[role=option]");
      if (option) { go(option); }
    });
    input.addEventListener("blur", close);
    input.form.addEventListener("submit", function () { asked = last = last + 1; close(); });
  }

  document.querySelectorAll("[data-gs-suggest]").forEach(install);
}());
