import { sharedEs } from "../../shared/i18n/catalog/es";
import { portalEs } from "./es";

export const catalog = { ...sharedEs, ...portalEs };
