import { words as bothLanguages } from "../../../shared/i18n/words";

/** Words of Forgot Password for staff. */
export const words = bothLanguages(
  {
    title: "Forgot Password",
    text: "Enter the email you sign in with. We send you a link to choose a new password.",
    submit: "Send reset link",
    pending: "Sending…",
    back: "Back to sign in",
    check: "Check your email",
    checkText:
      "If {email} belongs to a staff member, we sent a link. It works for 30 minutes. Look in the spam folder too.",
    other: "Use another address",
  },
  {
    title: "Olvidé mi contraseña",
    text: "Escriba el correo con el que inicia sesión. Le enviamos un enlace para elegir una contraseña nueva.",
    submit: "Enviar enlace",
    pending: "Enviando…",
    back: "Volver a iniciar sesión",
    check: "Revise su correo",
    checkText:
      "Si {email} pertenece a alguien del personal, enviamos un enlace. Funciona 30 minutos. Mire también en el correo no deseado.",
    other: "Usar otra dirección",
  },
);
