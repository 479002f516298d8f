"""The language side of ImageBind-LLM: bind network, injection and Llama."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from reference_models.imagebind_llm.bind_network import BindNetwork
from reference_models.imagebind_llm.injected_llama import InjectedLlama
from reference_models.imagebind_llm.injection import InjectedFeatures, InjectionForm, make_injection
from reference_models.imagebind_llm.placement import PlacedFeatures


class BoundLanguageModel(nn.Module):
    """A Llama into which features of ImageBind are injected.

    One call of it is `language_model(token_ids, injection=bound.inject(placed_features), …)`.
    """

    def __init__(
        self,
        language_model: InjectedLlama,
        feature_width: int,
        *,
        form: InjectionForm = "published",
        hidden_width: int | None = None,
    ) -> None:
        super().__init__()
        self.bind_network = BindNetwork(feature_width, language_model.config.hidden_size, hidden_width)
        self.injection = make_injection(form, language_model.config)
        self.language_model = language_model

    def inject(self, placed: PlacedFeatures) -> InjectedFeatures:
        """The additions to tokens by the features that they take."""
        bound: Tensor = self.bind_network(placed.features)  # (images + 1, width)
        return cast(InjectedFeatures, self.injection(bound, placed.image_of_token))
