/** Names of virtual and real servers in the tables. */
export const serviceKey = (ip: string, port: number, protocol: string): string => `${ip}:${port}/${protocol}`;
export const realKey = (real: { ip: string; port: number }): string => `${real.ip}:${real.port}`;
