/** The few words of this page; GraphiQL itself speaks English only. */
export const words = {
  en: {
    title: "GraphiQL – Office Portal",
    real: "Mutations act on real data.",
    advice: "What you send here is done, sent and spent, and stands in the Audit Log with your name.",
    back: "Back to the Office Portal",
    schema: "Schema",
  },
  es: {
    title: "GraphiQL – Office Portal",
    real: "Las mutaciones actúan sobre datos reales.",
    advice: "Lo que envía aquí se hace, se envía y se gasta, y queda en el registro de auditoría con su nombre.",
    back: "Volver al Office Portal",
    schema: "Esquema",
  },
} as const;
