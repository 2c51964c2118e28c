/** The words of a request or an event: each stands once, and is referred to by its place. Place 0 is `''`: absent. */
export const createWords = () => {
  const list: string[] = [''];
  const places = new Map<string, number>([['', 0]]);
  return {
    list,
    placeOf(word: string): number {
      let place = places.get(word);
      if (place === undefined) {
        place = list.push(word) - 1;
        places.set(word, place);
      }
      return place;
    },
  };
};
