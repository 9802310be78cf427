/**
 * A number as people write it: North American ones as (312) 555-0123, others in E.164. The server stores
 * and checks numbers; this is for reading only.
 */
export function formatPhone(number: string): string {
  const northAmerican = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return northAmerican ? `(${northAmerican[1]}) ${northAmerican[2]}-${northAmerican[3]}` : number;
}
