import { words } from "../../shared/i18n/words";

/** The dialog behind **Invite to Customer Portal**. */
export const inviteWords = words(
  {
    "invite.title": "Invite to Customer Portal",
    "invite.ask.EMAIL": "Do you wish to send the invitation email to {name} at {email}?",
    "invite.ask.SMS": "Do you wish to send the SMS message to {name} at {phone} at a cost of one credit?",
    "invite.expires": "The link works for 7 days after it is sent. Only {name} can choose the password.",
    "invite.balance":
      "You have {balance, plural, one {# credit} other {# credits}}; {left} will be left. The link works for 7 days after it is sent.",
    "invite.how": "How",
    "invite.EMAIL": "By email",
    "invite.SMS": "By SMS, 1 credit",
    "invite.again.open": "An invitation was sent {time} by {by}. A new one makes that one stop working.",
    "invite.done": "The invitation is on its way.",
  },
  {
    "invite.title": "Invitar al portal de clientes",
    "invite.ask.EMAIL": "¿Desea enviar la invitación por correo a {name} a {email}?",
    "invite.ask.SMS": "¿Desea enviar el mensaje SMS a {name} al {phone} por un crédito?",
    "invite.expires": "El enlace funciona 7 días después de enviarse. Solo {name} puede elegir la contraseña.",
    "invite.balance":
      "Tiene {balance, plural, one {# crédito} other {# créditos}}; quedarán {left}. El enlace funciona 7 días después de enviarse.",
    "invite.how": "Cómo",
    "invite.EMAIL": "Por correo",
    "invite.SMS": "Por SMS, 1 crédito",
    "invite.again.open": "Se envió una invitación {time} por {by}. Una nueva deja sin efecto la anterior.",
    "invite.done": "La invitación está en camino.",
  },
);
