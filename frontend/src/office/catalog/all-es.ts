import { sharedEs } from "../../shared/i18n/catalog/es";
import { officeEs } from "./es";

export const catalog = { ...sharedEs, ...officeEs };
