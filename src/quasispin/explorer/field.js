// A field of text that tells what was typed when it is entered: by Enter, by leaving it, by its cross. What the
// server writes does not replace what somebody has begun to type since.
export default {
  template: `
    <q-input
      :model-value="text"
      @update:model-value="type"
      @keydown.enter="enter"
      @blur="enter"
      @clear="enter"
    />
  `,
  props: { value: String },
  data() {
    return { text: this.value, isTyping: false };
  },
  methods: {
    type(text) {
      this.text = text ?? "";
      this.isTyping = true;
    },
    enter() {
      this.isTyping = false;
      this.$emit("entered", this.text ?? "");
    },
    write(text) {
      if (!this.isTyping) this.text = text;
    },
    updateValue() {}, // the library calls it where the server sets the value: `write` does that here
  },
};
