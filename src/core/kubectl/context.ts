/** The one context there is. */
export const contextName = 'kubernetes-admin@kubernetes';
export const serverVersion = 'v1.36.2';
