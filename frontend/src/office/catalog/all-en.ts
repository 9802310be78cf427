import { sharedEn } from "../../shared/i18n/catalog/en";
import { officeEn } from "./en";

export const catalog = { ...sharedEn, ...officeEn };
