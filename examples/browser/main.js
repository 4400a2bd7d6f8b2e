// The page around the two elements: who buys, which article, which language. No price is made here.

for (const select of document.querySelectorAll("[data-sets]")) {
  const element = document.getElementById(select.dataset.of);
  select.addEventListener("change", () => {
    element.setAttribute(select.dataset.sets, select.value);
    const title = element.querySelector("[slot=title]");
    if (select.dataset.sets === "product") title.textContent = select.selectedOptions[0].text;
  });
}

const buttons = document.querySelectorAll("[data-lang]");

for (const button of buttons) {
  button.addEventListener("click", () => {
    const { lang } = button.dataset;
    document.documentElement.lang = lang;
    for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    for (const text of document.querySelectorAll("[data-en]")) text.textContent = text.dataset[lang];
    for (const element of document.querySelectorAll("listino-quote")) element.lang = lang;
  });
}
