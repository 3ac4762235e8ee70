/** The link as a QR code, for a class: drawn as one path, black on white in every theme. */
import { encode } from 'uqr';
import { panelWords } from '../words/panels.en.ts';

/** Of the largest code at the lowest correction. */
const maxCharacters = 2953;

export default function QrCode({ text, title }: { text: string; title: string }) {
  const t = panelWords.share;
  if (text.length > maxCharacters) return <p>{t.qrTooLong(text.length)}</p>;
  const { data, size } = encode(text, { ecc: 'L', border: 4 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg className="qr" role="img" aria-label={t.qrLabel(title)} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
      <path fill="#000" d={path} />
    </svg>
  );
}
