"""Golden rows: small rows of every format of the catalogue, in the shape in which the field ships them."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from vlitqa.records import ROW_IMAGES, ROW_KEY, ROW_TEXT, Row

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""The smallest GIF."""
PIXEL_TEXT = base64.b64encode(PIXEL).decode()
PIXEL_ADDRESS = "data:image/gif;base64," + PIXEL_TEXT


def _messages(role_key: str, text_key: str, *messages: tuple[str, object]) -> list[dict[str, object]]:
    return [{role_key: role, text_key: text} for role, text in messages]


_LLAVA: list[Row] = [
    {
        "id": "kitchen-1",
        "image": "rooms/kitchen.jpg",
        "conversations": _messages(
            "from",
            "value",
            ("human", "<image>\nHow many chairs are there?"),
            ("gpt", "Four chairs stand around the table."),
            ("human", "Which colour have they?"),
            ("gpt", "Blaugrün 🪑."),
        ),
    },
    {
        "id": "pair-2",
        "image": ["left.png", "right.png"],
        "conversations": _messages(
            "from",
            "value",
            ("system", "You compare pictures."),
            ("human", "Before: <image>"),
            ("gpt", "A closed door."),
            ("human", "<image>\nAfter?"),
            ("gpt", "The door is open."),
        ),
    },
    {"conversations": _messages("from", "value", ("human", "Name a prime number."), ("gpt", "Seven."))},
    {"id": 4, "image": "lonely.jpg", "conversations": _messages("from", "value", ("human", "<image>\nWhat is it?"))},
    {"id": "empty", "conversations": []},
    {  # LLaMA-Factory: data of preferences, with a text of the system beside the messages
        "conversations": _messages("from", "value", ("human", "<image>Which bird?")),
        "chosen": {"from": "gpt", "value": "A heron."},
        "rejected": {"from": "gpt", "value": "A dog."},
        "images": ["heron.jpg"],
        "system": "You know birds.",
    },
    {  # LLaMA-Factory: an agent, with the tool's call and result among the messages
        "conversations": _messages(
            "from",
            "value",
            ("human", "<image>How high is it?"),
            ("function_call", '{"name": "measure", "arguments": {}}'),
            ("observation", '{"metres": 20}'),
            ("gpt", "Twenty metres."),
        ),
        "images": ["tower.jpg"],
        "tools": "[]",
    },
]
_INTERNLM: list[Row] = [
    {
        "id": "0",
        "image": ["one.jpg", "two.jpg"],
        "conversations": _messages(
            "from",
            "value",
            ("human", "<ImageHere><ImageHere> What differs?"),
            ("bot", "The second is darker."),
        ),
    },
    {
        "id": "1",
        "conversations": _messages("from", "value", ("system", "Be brief."), ("human", "Hello"), ("bot", "Hi!")),
    },
]
_OPENAI: list[Row] = [
    {
        "id": "beside",
        "messages": _messages(
            "role",
            "content",
            ("system", "Answer in one word."),
            ("user", "<image>Which animal?"),
            ("assistant", "Otter"),
            ("user", "<IMG_CONTEXT>\nAnd here?"),
            ("assistant", "Heron"),
        ),
        "images": ["otter.jpg", {"path": "heron.jpg", "bytes": None}],
    },
    {
        "messages": _messages(
            "role",
            "content",
            (
                "user",
                [
                    {"type": "image_url", "image_url": {"url": PIXEL_ADDRESS}},
                    {"type": "image_url", "image_url": {"url": "second.png"}},
                    {"type": "text", "text": "Which is larger?"},
                ],
            ),
            ("assistant", [{"type": "text", "text": "The second one."}]),
        ),
    },
    {  # OpenAI's own example: a picture in a message of its own
        "messages": _messages(
            "role",
            "content",
            ("developer", "Name the cheese."),
            ("user", "What is this cheese?"),
            ("user", [{"type": "image_url", "image_url": {"url": PIXEL_ADDRESS, "detail": "low"}}]),
            ("assistant", "Danbo"),
        ),
    },
    {  # OpenAI: two calls of tools at once, and what the tools gave
        "messages": [
            {"role": "user", "content": "Warm in Oslo?"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"function": {"name": "weather", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "1", "content": "4 degrees"},
            {"role": "tool", "tool_call_id": "2", "content": "rain"},
            {"role": "assistant", "content": "No."},
        ],
    },
    {  # Anthropic: an image as a source, reasoning, and the system beside the messages
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": _messages(
            "role",
            "content",
            (
                "user",
                [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": PIXEL_TEXT}},
                    {"type": "text", "text": "What is it?"},
                ],
            ),
            ("assistant", [{"type": "thinking", "thinking": "One pixel."}, {"type": "text", "text": "A dot."}]),
        ),
    },
    {  # Qwen: parts without a type
        "type": "chatml",
        "messages": _messages(
            "role", "content", ("user", [{"image": "dot.png"}, {"text": "What?"}]), ("assistant", [{"text": "A dot."}])
        ),
    },
    {  # ms-swift: boxes and names beside the messages, and a rejected response
        "messages": _messages(
            "role", "content", ("user", "<image>Find <ref-object>"), ("assistant", "It is at <bbox> and <bbox>.")
        ),
        "images": ["zoo.jpg"],
        "objects": {"ref": ["the zebra"], "bbox": [[1, 2, 30, 40], [5, 6, 7, 8]]},
        "rejected_response": "Nowhere.",
    },
    {
        "id": "placeholders",
        "messages": _messages(
            "role",
            "content",
            ("user", [{"type": "image", "text": None}, {"type": "text", "text": "What is this?"}]),
            ("assistant", [{"type": "text", "text": "A dot."}]),
        ),
        "images": [{"bytes": PIXEL, "path": "dot.gif"}],
    },
]
_MANTIS: list[Row] = [
    {
        "id": "m-1",
        "images": [{"image": "a.jpg"}, {"image": "b.jpg"}, {"image": "c.jpg"}],
        "conversation": _messages(
            "role",
            "content",
            ("user", "<image> and <image>: what is common?"),
            ("assistant", "Both show a bridge."),
            ("user", "<image> too?"),
            ("assistant", "No."),
        ),
        "source": "handmade",
    },
    {"images": None, "conversation": _messages("role", "content", ("user", "Two and two?"), ("assistant", "Four."))},
]
_TEXTBIND: list[Row] = [
    {
        "id": 7,
        "conversation": [
            {"role": "user", "content": "<img0> Draw it at night.", "image_list": ["day.jpg"], "caption_list": ["x"]},
            {"role": "assistant", "content": "Here it is: <img1>", "image_list": ["night.jpg"]},
            {"role": "user", "content": "Thank you.", "image_list": []},
            {"role": "assistant", "content": "You are welcome.", "image_list": []},
        ],
    },
    {
        "conversation": [
            {"role": "user", "content": "Hello", "image_list": []},
            {"role": "assistant", "content": "<img0>dawn</img0><img1>dusk</img1>", "image_list": ["1.png", "2.png"]},
        ],
    },
]
_COCO_ARC: list[Row] = [
    {
        "id": "arc-1",
        "img_ids": ["000000000009.jpg"],
        "instruction_type": "region",
        "conversations": [
            {"User": "What lies in the box [10, 20, 30, 40]?", "AI": "A fork."},
            {"AI": "It is silver.", "User": "Which colour?"},
        ],
    },
    {"img_ids": 25, "instruction_type": "negative", "conversations": [{"User": "Is there a dog?", "AI": "No."}]},
]
_QA_LIST: list[Row] = [
    {"id": "q", "image": "zoo.jpg", "QA": [{"q": "Which animal?", "a": "A zebra."}, {"q": "Awake?", "a": "Yes."}]},
    {"image": "plain.jpg", "QA": [{"i": "Describe.", "q": "", "a": "A plain."}]},
]

_QWEN_VL: list[Row] = [
    {
        "id": "identity_0",
        "conversations": _messages(
            "from",
            "value",
            ("user", "Picture 1: <img>https://example.org/a.jpg</img>\nPicture 2: <img>b.jpg</img>\nWhich is older?"),
            ("assistant", "The second."),
            ("user", "And <img>c.jpg</img>?"),
            ("assistant", "Newer."),
        ),
    },
]
_FINEVISION: list[Row] = [
    {
        "images": [{"bytes": PIXEL, "path": None}],
        "texts": [{"user": "What is it?", "assistant": "A dot."}, {"user": "Which colour?", "assistant": "Black."}],
        "source": "handmade",
        "relevance_ratings": [5, 4],
    },
    {"images": [], "texts": [{"user": "Two and two?", "assistant": "Four.", "source": "sums"}]},
]
_PROMPT_COMPLETION: list[Row] = [
    {
        "prompt": _messages("role", "content", ("system", "Be brief."), ("user", "What is it?")),
        "completion": _messages("role", "content", ("assistant", "A dot.")),
        "images": [{"bytes": PIXEL, "path": "dot.gif"}],
    },
    {"prompt": "The sky is", "completion": " blue."},
]
_PREFERENCES: list[Row] = [
    {
        "prompt": _messages("role", "content", ("user", "What is it?")),
        "chosen": _messages("role", "content", ("assistant", "A dot.")),
        "rejected": _messages("role", "content", ("assistant", "A line.")),
        "images": ["dot.png"],
    },
    {
        "chosen": _messages("role", "content", ("user", "Two and two?"), ("assistant", "Four.")),
        "rejected": _messages("role", "content", ("user", "Two and two?"), ("assistant", "Five.")),
    },
    {"prompt": "The sky is", "chosen": " blue.", "rejected": " green."},
]
_OPENAI_PREFERENCES: list[Row] = [
    {
        "input": {"messages": _messages("role", "content", ("user", "How cold is it?")), "tools": []},
        "preferred_output": _messages("role", "content", ("assistant", "Four degrees.")),
        "non_preferred_output": _messages("role", "content", ("assistant", "Cold.")),
    },
]
_CHAT_REQUESTS: list[Row] = [
    {
        "custom_id": "r-1",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "any",
            "messages": _messages(
                "role",
                "content",
                (
                    "user",
                    [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": PIXEL_ADDRESS}}],
                ),
            ),
        },
    },
    {  # OpenAI's responses
        "custom_id": "r-2",
        "url": "/v1/responses",
        "body": {
            "instructions": "Be brief.",
            "input": _messages(
                "role",
                "content",
                ("user", [{"type": "input_text", "text": "?"}, {"type": "input_image", "image_url": PIXEL_ADDRESS}]),
            ),
        },
    },
    {  # Anthropic's batches
        "custom_id": "r-3",
        "params": {"max_tokens": 9, "system": "Hm.", "messages": _messages("role", "content", ("user", "Why?"))},
    },
]
_GEMINI: list[Row] = [
    {
        "systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}]},
        "contents": [
            {
                "role": "user",
                "parts": [{"fileData": {"mimeType": "image/png", "fileUri": "gs://b/a.png"}}, {"text": "What is it?"}],
            },
            {"role": "model", "parts": [{"text": "A dot."}]},
        ],
    },
    {
        "request": {
            "contents": [
                {
                    "role": "user",
                    "parts": [{"inlineData": {"mimeType": "image/gif", "data": PIXEL_TEXT}}, {"text": "?"}],
                }
            ]
        }
    },
]
_DATA_JUICER: list[Row] = [
    {
        "id": 3,
        "text": "[[human]]: <__dj__image>\nWhat is it?\n[[gpt]]: A [[dot]].  <|__dj__eoc|>",
        "images": ["dot.png"],
    },
    {"text": "[[human]]: One?\n[[gpt]]: Two.\n[[human]]: Three?\n[[gpt]]: Four. <|__dj__eoc|>"},
]
_OBELICS: list[Row] = [
    {
        "texts": ["A harbour.", None, None, "Two boats."],
        "images": [None, "harbour.jpg", "fog.jpg", None],
        "metadata": "[]",
    },
    {"texts": [None, "The end."], "images": ["https://example.org/end.png", None]},
]

GOLDEN_ROWS: Mapping[str, list[Row]] = {
    "llava": _LLAVA,
    "internlm": _INTERNLM,
    "openai-messages": _OPENAI,
    "mantis": _MANTIS,
    "textbind": _TEXTBIND,
    "coco_arc": _COCO_ARC,
    "qa-list": _QA_LIST,
    "minigpt4": [{"image_id": "2", "caption": "A harbour in the fog."}, {"image_id": 3, "caption": "Two boats."}],
    "caption-rows": [
        {"id": "c1", "image": "cook.png", "prompt": "a cook, photo", "question": "Her work?", "answer": "She cooks."},
        {"image": None, "question": "Is water wet?", "answer": "Yes."},
        {"image_url": "https://example.org/a.jpg", "question": "Raining?", "answer": "No."},  # PixMo
        {"question": "Two and two?", "answer": "Four."},
        {"images": ["left.png", "right.png"], "question": "What differs?", "answer": "The chair."},
    ],
    "lrv": [
        {"image_id": "2317", "instruction": "Is the kite red?", "answer_gt": "No, it is green.", "task": "negative"},
        {"image_id": "2318", "question": "How many kites?", "answer": "Two."},
    ],
    "llava-med": [
        {
            "question_id": 0,
            "image": "ct.jpg",
            "pair_id": "PMC1",
            "text": "What does the scan show?",
            "gpt4_answer": "A nodule.",
            "fig_caption": "CT scan with a nodule.",
            "domain": {"chest_xray": False},
            "type": "conversation",
        },
        {"question_id": 1, "image": "mri.jpg", "text": "Where?", "gpt4_answer": None, "type": "detail"},
    ],
    "vqa-rows": [
        {"qid": 11, "img_name": "x/1.jpg", "question": "哪个器官?", "answer": "肺", "content_type": "Organ"},
        {"img_name": "x/2.jpg", "question": "Which plane?", "answer": "Axial", "q_lang": "en", "location": "Head"},
    ],
    "multiinstruct": [
        {
            "unique_id": "grounding_1",
            "task_name": "grounding",
            "image_path": "g/1.jpg",
            "prompt": "What is inside 1.5 2 30 40?",
            "target": "a lamp",
            "region": ["1.5 2 30 40", "5,6,7,8"],
        },
        {"unique_id": "vqa_9", "task_name": "vqa", "image_path": "9.jpg", "question": "Day?", "target_txt": "yes"},
    ],
    "pope": [
        {"question_id": 1, "image": "p.jpg", "text": "Is there a snowboard?", "label": "yes"},
        {"question_id": 2, "image": "p.jpg", "text": "Is there a car?", "label": "no"},
    ],
    "alpaca": [
        {
            "id": "al-1",
            "instruction": "Describe the image.",
            "input": "Be brief.",
            "output": "A hill.",
            "image": "h.jpg",
        },
        {"instruction": "Count to three.", "input": "", "output": "1, 2, 3", "type": "text"},
        {  # LLaMA-Factory: images, earlier turns, the system's text
            "instruction": "<image>And this?",
            "input": "",
            "output": "A line.",
            "system": "Be brief.",
            "history": [["<image>What is it?", "A dot."], ["Sure?", "Yes."]],
            "images": ["dot.png", "line.png"],
        },
        {"instruction": "Two and two?", "input": "", "chosen": "Four.", "rejected": "Five."},
    ],
    "m3it": [
        {"instruction": "Caption it.", "inputs": "", "outputs": "A dot.", "image_base64_str": [PIXEL_TEXT]},
        {"instruction": "Same?", "inputs": "Look.", "outputs": "Yes.", "image_base64_str": [PIXEL_TEXT, PIXEL_TEXT]},
    ],
    "m3it-images": [
        {"instruction": "Caption it.", "inputs": "", "outputs": "A lake.", "image": "lake.jpg"},
        {"instruction": "Translate.", "inputs": "Hund", "outputs": "dog"},
    ],
    "mimic-it": [
        {
            ROW_KEY: "CGD_INS_1",
            "instruction": "What changed?",
            "answer": "The lamp is on.",
            "image_ids": ["CGD_IMG_1", "CGD_IMG_2"],
            "rel_ins_ids": ["CGD_INS_0", "CGD_INS_9"],
        },
        {ROW_KEY: "CGD_INS_2", "instruction": "And now?", "answer": "Off.", "image_ids": [], "rel_ins_ids": []},
    ],
    "webdataset": [
        {ROW_KEY: "shard/0001", ROW_TEXT: "A red car.", ROW_IMAGES: {"0001.jpg": PIXEL}},
        {ROW_KEY: "shard/0002", ROW_TEXT: "Rain.", "url": "https://example.org/2.jpg", ROW_IMAGES: {}},
    ],
    "qwen-vl": _QWEN_VL,
    "finevision": _FINEVISION,
    "prompt-completion": _PROMPT_COMPLETION,
    "preferences": _PREFERENCES,
    "openai-preferences": _OPENAI_PREFERENCES,
    "question-preferences": [
        {"image": "a.jpg", "question": "What is it?", "chosen": "A dot.", "rejected": "A line."},  # MMPR
    ],
    "chat-requests": _CHAT_REQUESTS,
    "gemini": _GEMINI,
    "queries": [
        {"query": "<image>What is it?", "response": "A dot.", "images": ["dot.png"], "history": []},
        {
            "query": "And?",
            "response": "No.",
            "history": [["Hello", "Hi."]],
            "system": "Hm.",
            "rejected_response": "Yes.",
        },
    ],
    "data-juicer": _DATA_JUICER,
    "obelics": _OBELICS,
    "captions": [
        {"image_url": "https://example.org/a.jpg", "caption": "A harbour."},  # PixMo
        {"file_name": "images/0.png", "text": "A dot."},  # Hugging Face's imagefolder
        {"image": {"bytes": PIXEL, "path": None}, "text": "A black dot."},
    ],
    "voted-answers": [
        {"image": "a.jpg", "question": "Colour?", "answers": ["red", "dark red", "red"]},  # TextVQA
        {
            "question_id": 5,
            "image": "b.jpg",
            "question": "How many?",
            "question_type": "how many",
            "answers": [{"answer": "2", "answer_id": 1}],
        },  # VQAv2
        {"images": ["room.png"], "question": "How many chairs?", "answers": ["4", "four", "4"]},
    ],
    "problems": [
        {"image": "a.png", "problem": "Find x.", "solution": "<answer>3</answer>", "thinking": "<think>Hm.</think>"},
        {"images": ["a.png", "b.png"], "problem": "<image><image>Which?", "solution": "The first."},
        {"images": ["angle.png"], "problem": "How large is the angle?", "answer": "30°"},
    ],
}
