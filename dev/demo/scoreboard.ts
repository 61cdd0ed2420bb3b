/**
 * The output of the running demo: one line per step, a progress bar on a terminal.
 */
import { Presets, SingleBar } from 'cli-progress';

export interface Scoreboard {
  say(step: string): void;
  show(title: string, text: string): void;
  progress(done: number, total: number): void;
  end(): void;
}

export function openScoreboard(output: NodeJS.WriteStream): Scoreboard {
  let bar: SingleBar | undefined;
  const end = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    say: (step) => {
      end();
      output.write(`> ${step}\n`);
    },
    show: (title, text) => {
      end();
      output.write(`\n${title}\n${text}\n\n`);
    },
    progress: (done, total) => {
      if (!output.isTTY) return;
      if (!bar) {
        bar = new SingleBar(
          { format: '  {bar} {value} of {total} events settled', stream: output },
          Presets.shades_classic,
        );
        bar.start(total, done);
      }
      bar.setTotal(total);
      bar.update(done);
    },
    end,
  };
}
