// Everything works without this file. It shows passwords, sends six digits by itself, counts a wait down, and keeps
// a second click from sending a form twice.
const d = document;

for (const box of d.querySelectorAll(".secret")) {
  const field = box.querySelector("input");
  const button = d.createElement("button");
  const said = d.createElement("span");
  button.type = "button";
  button.className = "show";
  said.className = "unseen";
  said.setAttribute("role", "status");
  button.setAttribute("aria-controls", field.id);
  const show = (yes) => {
    field.type = yes ? "text" : "password";
    button.textContent = yes ? box.dataset.hide : box.dataset.show;
    button.setAttribute("aria-pressed", yes);
  };
  show(false);
  button.addEventListener("click", () => {
    show(field.type === "password");
    said.textContent = field.type === "text" ? box.dataset.shown : box.dataset.hidden;
  });
  // A password manager and the browser's history expect a password field.
  field.form.addEventListener("submit", () => show(false));
  box.append(button, said);
}

for (const field of d.querySelectorAll("[data-digits]")) {
  const wanted = Number(field.dataset.digits);
  let sent = "";
  field.addEventListener("input", () => {
    const digits = field.value.replace(/\D/g, "");
    if (digits.length !== wanted || field.value.replace(/[\s-]/g, "") !== digits || digits === sent) return;
    sent = digits;
    field.form.requestSubmit(field.form.querySelector("#continue"));
  });
}

for (const button of d.querySelectorAll("[data-wait]")) {
  const words = button.textContent;
  const until = Date.now() + Number(button.dataset.wait) * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.label.replace("#", left) : words;
    if (left > 0) setTimeout(tick, 500);
  };
  tick();
}

for (const form of d.forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    // Fast answers need no sign of waiting.
    setTimeout(() => form.dataset.sent && event.submitter?.classList.add("busy"), 400);
  });
}

// Back from the next page: the form may be sent again.
addEventListener("pageshow", () => {
  for (const form of d.forms) delete form.dataset.sent;
  for (const button of d.querySelectorAll(".busy")) button.classList.remove("busy");
});
