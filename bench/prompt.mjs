/** The prompt of the figures: 14 tokens. */
export const prompt = "When Mary and John went to the store, John gave a drink to";
