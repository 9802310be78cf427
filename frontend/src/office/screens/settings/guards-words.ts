import { words } from "../../../shared/i18n/words";

/** What limits text messages, and how they look. */
export const guardsWords = words(
  {
    "guards.title": "Limits of text messages",
    "guards.text":
      "They keep fraud from being paid by you. Each number also gets at most 3 texts an hour and 10 a day.",
    "guards.codes": "Countries",
    "guards.codesHint": "Calling codes that texts go to, such as +1, separated by commas.",
    "guards.cap": "Most texts in 24 hours",
    "guards.capHint": "0 sends none.",
    "guards.capInvalid": "Choose a number from 0 to 100,000.",
    "guards.saved": "The limits were saved.",
    "guards.paused":
      "Text messaging was paused {time}: more than 50 texts were sent within an hour and hardly a link was used.",
    "guards.pausedHint": "Look at the newest resets in the Audit Log first.",
    "guards.resume": "Resume text messaging",
    "guards.resumed": "Text messages can be sent again.",
    "texts.title": "How a text looks",
    "texts.length": "{length} of {limit} characters: one text, one credit",
  },
  {
    "guards.title": "Límites de los mensajes de texto",
    "guards.text":
      "Evitan que usted pague un fraude. Además, cada número recibe como máximo 3 mensajes por hora y 10 por día.",
    "guards.codes": "Países",
    "guards.codesHint": "Prefijos a los que se envían mensajes, como +1, separados por comas.",
    "guards.cap": "Máximo de mensajes en 24 horas",
    "guards.capHint": "Con 0 no se envía ninguno.",
    "guards.capInvalid": "Elija un número de 0 a 100 000.",
    "guards.saved": "Los límites se guardaron.",
    "guards.paused":
      "Los mensajes de texto se pusieron en pausa {time}: se enviaron más de 50 en una hora y casi ningún enlace se usó.",
    "guards.pausedHint": "Mire primero los últimos restablecimientos en el registro de auditoría.",
    "guards.resume": "Reanudar los mensajes de texto",
    "guards.resumed": "Se pueden enviar mensajes de texto de nuevo.",
    "texts.title": "Así se ve un mensaje",
    "texts.length": "{length} de {limit} caracteres: un mensaje, un crédito",
  },
);
