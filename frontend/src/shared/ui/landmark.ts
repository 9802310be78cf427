/**
 * Where menus and tooltips are put into the page: inside the main landmark, so that people who go from landmark
 * to landmark find them. Undefined (the body) where there is none.
 */
export const mainLandmark = (): HTMLElement | undefined => document.getElementById("content") ?? undefined;
