/** Numbers as Grafana words them, near enough for a look. */
export function wordNumber(value: number, unit: string, decimals?: number): string {
  switch (unit) {
    case 'percentunit':
      return `${(value * 100).toFixed(decimals ?? 1)}%`;
    case 's':
      return wordSeconds(value, decimals);
    case 'bytes':
      return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB'], decimals);
    case 'reqps':
      return `${plain(value, decimals)} req/s`;
    case 'ops':
      return `${plain(value, decimals)} ops/s`;
    case 'none':
      return plain(value, decimals);
    default:
      if (unit.startsWith('suffix:')) return `${plain(value, decimals)} ${unit.slice('suffix:'.length).trim()}`;
      return scaled(value, 1000, ['', 'K', 'Mil', 'Bil'], decimals);
  }
}

function wordSeconds(value: number, decimals?: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 1e-3) return `${plain(value * 1e6, decimals)} µs`;
  if (size < 1) return `${plain(value * 1e3, decimals)} ms`;
  if (size < 120) return `${plain(value, decimals)} s`;
  if (size < 7200) return `${plain(value / 60, decimals ?? 1)} min`;
  if (size < 172_800) return `${plain(value / 3600, decimals ?? 1)} h`;
  return `${plain(value / 86_400, decimals ?? 1)} d`;
}

function scaled(value: number, base: number, names: readonly string[], decimals?: number): string {
  let rest = value;
  let place = 0;
  while (Math.abs(rest) >= base && place < names.length - 1) {
    rest /= base;
    place += 1;
  }
  return `${plain(rest, place === 0 ? decimals : 1)} ${names[place] ?? ''}`.trim();
}

function plain(value: number, decimals?: number): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}
