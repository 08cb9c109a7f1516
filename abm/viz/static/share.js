// Save, load and copy the address of a scenario, in the browser alone.
function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "cv-share";
  const say = document.createElement("span");
  say.className = "cv-share-say";
  say.setAttribute("role", "status");
  let clearing = 0;
  const tell = (text) => {
    say.textContent = text;
    clearTimeout(clearing);
    clearing = setTimeout(() => { say.textContent = ""; }, 6000);
  };
  const button = (text, title, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.title = title;
    made.addEventListener("click", act);
    root.appendChild(made);
    return made;
  };
  button("Save to a file", "A file that caravan run and caravan explore take", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([model.get("text")], { type: "application/toml" }));
    link.download = model.get("name");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    tell(`${model.get("name")} is saved`);
  });
  const file = document.createElement("input");
  file.type = "file";
  file.accept = ".toml";
  file.className = "cv-share-file";
  file.tabIndex = -1;
  file.setAttribute("aria-label", "A scenario file");
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    if (chosen.size > model.get("longest")) {
      tell("This file is too long to be a scenario.");
    } else {
      model.set("loaded", { n: (model.get("loaded").n || 0) + 1, text: await chosen.text() });
      model.save_changes();
    }
    file.value = "";
  });
  button("Load a file", "A scenario that was saved before", () => file.click());
  const address = () => {
    const url = new URL(window.location.href);
    url.search = model.get("query");
    return url.href;
  };
  button("Copy address", "The address of this page with this scenario in it", async () => {
    try {
      await navigator.clipboard.writeText(address());
      tell("The address is copied");
    } catch {
      link.focus();
      tell("Copy the address of the link below");
    }
  });
  const link = document.createElement("a");
  link.className = "cv-share-link";
  link.textContent = "Link to this scenario";
  const update = () => { link.href = address(); };
  update();
  model.on("change:query", update);
  root.append(file, link, say);
  el.appendChild(root);
  return () => { clearTimeout(clearing); model.off("change:query", update); };
}
export default { render };
