from vlitqa.api.building import build as build
from vlitqa.api.door import check as check
from vlitqa.api.door import open_run as open_run
from vlitqa.api.door import score as score
from vlitqa.api.door import select as select
from vlitqa.api.plugins import use_plugin as use_plugin
from vlitqa.api.proving import compare as compare
from vlitqa.api.proving import evaluate as evaluate

__version__: str
