// A page as TensorFlow.js's own documents begin one: its script, a model with weights beside it, one image.

/* global tf */
const model = await tf.loadLayersModel("tfjs-model/model.json");
const scores = await model.predict(tf.zeros([1, 784])).data();
const reading = document.getElementById("reading");
reading.textContent = scores.indexOf(Math.max(...scores));
reading.dataset.label = reading.textContent;
