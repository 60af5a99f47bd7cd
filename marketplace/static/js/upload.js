/* Files on their way: which were chosen, one taken out again, how far the sending is. Without this the form is sent as it is. */
const inPersian = document.documentElement.lang === "fa";
const digits = (value) => (inPersian ? String(value).replace(/\d/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]) : String(value));

function show(box, input) {
  const list = box.querySelector(".uploader__list");
  list.replaceChildren(...[...input.files].map((file, place) => {
    const row = document.createElement("li");
    row.className = "uploader__file";
    const name = document.createElement("bdi");
    name.className = "uploader__name";
    name.textContent = file.name;
    const size = document.createElement("span");
    size.className = "uploader__size";
    size.textContent = box.dataset.size.replace("%", digits(Math.max(1, Math.round(file.size / 1024))));
    const out = document.createElement("button");
    out.type = "button";
    out.className = "uploader__out";
    out.textContent = "×";
    out.setAttribute("aria-label", box.dataset.takeOut.replace("%", file.name));
    out.addEventListener("click", () => {
      const left = new DataTransfer();
      [...input.files].forEach((one, at) => at !== place && left.items.add(one));
      input.files = left.files;
      show(box, input);
      input.focus();
    });
    row.append(name, size, out);
    return row;
  }));
  list.hidden = !input.files.length;
}

function send(form, submitter, box) {
  const bar = box.querySelector("progress");
  const button = submitter ?? form.querySelector("button:not([type=button])");
  const call = new XMLHttpRequest();
  const plain = () => {
    delete form.dataset.sending;
    form.removeAttribute("data-progress");
    bar.hidden = true;
    if (button) button.disabled = false;
    form.submit();
  };
  bar.hidden = false;
  form.dataset.sending = "";
  call.open("POST", form.action);
  call.setRequestHeader("Accept", "text/html");
  call.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = Math.round((100 * event.loaded) / event.total);
  });
  call.addEventListener("error", plain);
  call.addEventListener("load", () => {
    if (call.status < 400) {
      location.assign(call.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(call.responseText, "text/html");
    const main = page.querySelector("main");
    if (!main) return plain();
    document.querySelector("main").replaceWith(main);
    document.title = page.title;
    fit(main);
    (main.querySelector("#errors, .field__error, h1") ?? main).scrollIntoView({ block: "center" });
  });
  const data = new FormData(form, submitter);
  if (button) button.disabled = true;
  call.send(data);
}

function fit(root) {
  for (const box of root.querySelectorAll("[data-uploader]:not([data-fitted])")) {
    const input = box.querySelector("input[type=file]");
    box.dataset.fitted = "";
    input.addEventListener("change", () => show(box, input));
    input.form?.addEventListener("submit", (event) => {
      if (!input.files.length || input.form.dataset.sending !== undefined) return;
      event.preventDefault();
      send(input.form, event.submitter, box);
    });
  }
}
fit(document);
