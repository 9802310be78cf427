/** Passkeys through the browser: options and answers are the JSON forms of WebAuthn Level 3. */

export const passkeysWork = (): boolean =>
  typeof PublicKeyCredential !== "undefined" && "parseCreationOptionsFromJSON" in PublicKeyCredential;

/** Null when the person changed their mind, or the device refused. */
export async function makePasskey(options: string): Promise<string | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options));
  return answer(() => navigator.credentials.create({ publicKey }));
}

export async function askPasskey(options: string): Promise<string | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
  return answer(() => navigator.credentials.get({ publicKey }));
}

async function answer(ask: () => Promise<Credential | null>): Promise<string | null> {
  try {
    const made = await ask();
    return made instanceof PublicKeyCredential ? JSON.stringify(made.toJSON()) : null;
  } catch {
    return null;
  }
}
