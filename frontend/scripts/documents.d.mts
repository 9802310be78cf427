import type { Plugin } from "vite";

export interface TrustedDocument {
  file: string;
  name: string;
  text: string;
  id: string;
}

export function findDocuments(src: string): TrustedDocument[];
export function trustedDocuments(src: string): Plugin;
