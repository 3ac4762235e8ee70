import { useEffect } from 'react';

const site = '/kubarium/';

/** The element; its module is fetched in the browser, never when the page is rendered on a server. */
export function Kubarium(options) {
  useEffect(() => {
    if (customElements.get('kubarium-embed')) return;
    const script = document.createElement('script');
    script.type = 'module';
    script.src = `${site}embed.js`;
    document.head.append(script);
  }, []);
  return <kubarium-embed {...options} />;
}
