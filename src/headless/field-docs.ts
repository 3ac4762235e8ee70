/** Gives the worlds of this process the words that `kubectl explain` prints. Import for that effect. */
import { provideFieldDocs } from '../core/index.ts';
import docs from '../schema/field-docs.json' with { type: 'json' };

provideFieldDocs(docs);
