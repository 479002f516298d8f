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
}
