export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "officeportal.theme";

/** The theme chosen on this device; by default the system's. */
export function chosenTheme(): Theme {
  const value = localStorage.getItem(key);
  return themes.find((theme) => theme === value) ?? "system";
}

/** Remembers the theme on this device and shows it. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(key, theme);
  applyTheme();
}

/** Call before the first paint of an app. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = chosenTheme();
}
