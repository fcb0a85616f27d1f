"""Makes chat.json: conversations as the chat templates of several families print them, by transformers' own renderer.

    python chat.py && npx biome format --write core/goldens
"""

import json
from pathlib import Path

from transformers.utils.chat_template_utils import render_jinja_template

CHATML = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe brief.<|im_end|>\n' }}"
    "{% endif %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
INST = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% else %}{{ message['content'] + eos_token }}{% endif %}{% endfor %}"
)
TRIMMED = (
    "{{ bos_token }}{%- for message in messages %}\n  {%- set role = 'model' if message.role == 'assistant' else message.role %}\n"
    "{{- '<start_of_turn>' + role + '\n' + message.content | trim + '<end_of_turn>\n' }}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}{{- '<start_of_turn>model\n' }}{%- endif %}"
)
HEADERS = (
    "{% for message in messages %}{% set text = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim %}"
    "{{ (bos_token if loop.first else '') + text + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
ENDS = (
    "{% for message in messages %}{% if message['role'] in ['user', 'system'] %}{{ '<|' + message['role'] + '|>\n' + message['content'] + '<|end|>\n' }}"
    "{% elif message['role'] == 'assistant' %}{{ '<|assistant|>\n' ~ message['content'] ~ '<|end|>\n' }}{% endif %}{% endfor %}"
    "{{ '<|assistant|>\n' if add_generation_prompt else eos_token }}"
)
LINES = (
    "{% for message in messages %}\n{{ '<|' + message['role'] + '|>\n' + message['content'] + eos_token }}\n"
    "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)
TALK = [{"role": "user", "content": "Hello "}, {"role": "assistant", "content": "Hi!"}, {"role": "user", "content": "ß 😀?"}]
SYSTEM = [{"role": "system", "content": "Answer in German."}, *TALK]


def main() -> None:
    config = {"bos_token": "<s>", "eos_token": "</s>"}
    rows = []
    for name, template, talk in (("chatml", CHATML, TALK), ("chatml", CHATML, SYSTEM), ("inst", INST, TALK), ("trimmed", TRIMMED, TALK),
                                 ("headers", HEADERS, SYSTEM), ("ends", ENDS, SYSTEM), ("lines", LINES, SYSTEM)):
        for add in (True, False):
            texts, _ = render_jinja_template([talk], chat_template=template, add_generation_prompt=add, **config)
            rows.append({"name": name, "template": template, "messages": talk, "add": add, "text": texts[0]})
    Path(__file__).with_name("chat.json").write_text(json.dumps({"config": config, "rows": rows}, indent=1) + "\n")
    print(len(rows))


if __name__ == "__main__":
    main()
