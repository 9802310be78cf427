import { createContext, use } from "react";

/** The business's time zone: all clock times on the screens are in it. */
export const TimeZone = createContext("UTC");

export const useTimeZone = (): string => use(TimeZone);
