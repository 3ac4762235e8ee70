/** Keeps the page for use without a net, once it stands. Embeds and pages without service workers do without. */
export function keepOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator) || !isSecureContext || window.parent !== window) return;
  const register = (): void => {
    // Refused in private windows and where storage is denied: the page works as it does with a net.
    navigator.serviceWorker.register(new URL(/* @vite-ignore */ '../sw.js', import.meta.url).href).catch(() => {});
  };
  if (document.readyState === 'complete') setTimeout(register, 1000);
  else addEventListener('load', () => setTimeout(register, 1000), { once: true });
}
