import { sharedEn } from "../../shared/i18n/catalog/en";
import { portalEn } from "./en";

export const catalog = { ...sharedEn, ...portalEn };
