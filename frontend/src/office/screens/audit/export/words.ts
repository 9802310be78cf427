import { words as bothLanguages, useWords } from "../../../../shared/i18n/words";

const words = bothLanguages(
  {
    export: "Export",
    title: "Export the Audit Log",
    text: "{count, plural, one {# entry matches} other {# entries match}} the filters on the page. The file holds personal data, and the Audit Log tells of every export.",
    textUnknown:
      "What matches the filters on the page. The file holds personal data, and the Audit Log tells of every export.",
    format: "Format",
    csv: "CSV",
    csvHint: "For spreadsheets.",
    jsonl: "JSON Lines",
    jsonlHint: "For programs. It can be checked with “officeportal audit verify --export”, without the database.",
    start: "Export",
    confirm: "An export takes data about many people out of Office Portal.",
    progress: "Entries saved",
    saving: "{done} of {of} entries",
    begun: "The export has begun.",
    cancelled: "The export was cancelled. Nothing was saved.",
    saved: "{count, plural, one {# entry is} other {# entries are}} saved in {file}.",
    handedOver:
      "The browser is saving {count, plural, one {# entry} other {# entries}}: it shows how far it is, and can cancel it.",
    completeCsv: "A file that is complete ends with “END OF EXPORT, complete”.",
    completeJsonl: "A file that is complete ends with a line that says “complete”: true.",
    cutOff:
      "The export was cut off after {count, plural, one {# entry} other {# entries}}. Nothing was saved. Try again.",
    file: "The file can't be written. Is there enough room? Nothing was saved.",
    notConfirmed: "Nothing was exported: it was not confirmed who is there.",
  },
  {
    export: "Exportar",
    title: "Exportar el registro",
    text: "{count, plural, one {# entrada cumple} other {# entradas cumplen}} los filtros de la página. El archivo contiene datos personales, y el registro anota cada exportación.",
    textUnknown:
      "Lo que cumple los filtros de la página. El archivo contiene datos personales, y el registro anota cada exportación.",
    format: "Formato",
    csv: "CSV",
    csvHint: "Para hojas de cálculo.",
    jsonl: "JSON Lines",
    jsonlHint: "Para programas. Se puede comprobar con «officeportal audit verify --export», sin la base de datos.",
    start: "Exportar",
    confirm: "Una exportación saca de Office Portal datos de muchas personas.",
    progress: "Entradas guardadas",
    saving: "{done} de {of} entradas",
    begun: "La exportación ha empezado.",
    cancelled: "La exportación se canceló. No se guardó nada.",
    saved: "{count, plural, one {# entrada está guardada} other {# entradas están guardadas}} en {file}.",
    handedOver:
      "El navegador está guardando {count, plural, one {# entrada} other {# entradas}}: muestra cuánto lleva y puede cancelarlo.",
    completeCsv: "Un archivo completo termina con «END OF EXPORT, complete».",
    completeJsonl: 'Un archivo completo termina con una línea que dice «"complete": true».',
    cutOff:
      "La exportación se interrumpió después de {count, plural, one {# entrada} other {# entradas}}. No se guardó nada. Inténtelo de nuevo.",
    file: "No se puede escribir el archivo. ¿Hay espacio suficiente? No se guardó nada.",
    notConfirmed: "No se exportó nada: no se confirmó quién está ahí.",
  },
);

export const useExportWords = () => useWords(words);
export { words };
