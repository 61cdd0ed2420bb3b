/** What a correction changes, path by path. */
import type { Difference } from '../diff.js';

export function DifferenceTable({ rows, caption }: { rows: readonly Difference[]; caption: string }) {
  return (
    <table class="diff">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Original</th>
          <th scope="col">Corrected</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ path, before, after }) => (
          <tr key={path}>
            <th scope="row">
              <code>{path}</code>
            </th>
            <td data-label="Original">
              {before === undefined ? <span class="faint">not there</span> : <del>{before}</del>}
            </td>
            <td data-label="Corrected">
              {after === undefined ? <span class="faint">taken away</span> : <ins>{after}</ins>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
