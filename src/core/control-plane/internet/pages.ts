/** What web servers on the internet answer: a page that names the host. */
import { httpResponse, parseHttpRequest } from '../../contracts/http.ts';

/** The answer to the request in `text`; undefined while it is not whole. */
export function answerPage(text: string, secure: boolean): string | undefined {
  const request = parseHttpRequest(text);
  if (request === 'more') return undefined;
  if (request === 'bad' || (request.tls !== undefined) !== secure) return httpResponse(400, headers(''), '');
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/[^A-Za-z0-9.-]/g, '');
  const body = `<html><head><title>${host}</title></head>\n<body><h1>${host}</h1>\n<p>This page stands for the site: the simulated internet has no other.</p>\n</body></html>\n`;
  return `${secure ? 'tls\n' : ''}${httpResponse(200, headers(body), request.method === 'HEAD' ? '' : body)}`;
}

const headers = (body: string): Record<string, string> => ({
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Length': String(body.length),
  Connection: 'close',
});
