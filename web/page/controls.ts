import type { Settings } from '../shared/settings.ts';
import { indexOf, moved, type Slider, type Stops, sliders } from '../shared/stops.ts';
import { element } from './element.ts';

/** Sets a panel's controls to its settings, and calls `listen` with the settings when one changes. */
export const bindSettings = (
  panel: string,
  stops: Stops,
  first: Settings,
  listen: (settings: Settings) => void,
): void => {
  let settings = first;
  const show = (slider: Slider): void => {
    const text = String(settings[slider]);
    element(`${panel}-${slider}-value`).textContent = text;
    element(`${panel}-${slider}`).setAttribute('aria-valuetext', text);
  };
  for (const slider of sliders) {
    const input = element<HTMLInputElement>(`${panel}-${slider}`);
    Object.assign(input, { min: '0', max: String(stops[slider].length - 1), step: '1' });
    input.value = String(indexOf(stops[slider], settings[slider]));
    show(slider);
    input.addEventListener('input', () => {
      settings = moved(settings, stops, slider, Number(input.value));
      show(slider);
      listen(settings);
    });
  }
  for (const choice of ['units', 'method'] as const) {
    const select = element<HTMLSelectElement>(`${panel}-${choice}`);
    select.value = settings[choice];
    select.addEventListener('change', () => {
      settings = { ...settings, [choice]: select.value };
      listen(settings);
    });
  }
};
