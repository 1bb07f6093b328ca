"""topics.yaml names as readers of a topic the services that subscribe to it: the others would have no dead letters."""

from importlib import import_module

import pytest

from deploy.kafka.catalogue import read
from shared.events.base import SERVICES
from shared.kit.consume import Subscribers


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_hears_the_topics_that_name_it_and_no_other(service: str) -> None:
    subscribers = import_module(f"services.{service}.subscribers").subscribers

    assert isinstance(subscribers, Subscribers)
    assert subscribers.group == service
    assert subscribers.topics == sorted(topic.name for topic in read().topics if service in topic.consumers)
