"""The threads of the story, in the order in which they are told."""

from nclcc.scenario.model import Thread
from nclcc.scenario.story import Story
from nclcc.scenario.threads import amended, cancelled, joint, mistakes, sealed, train, warrants

ORDER = (warrants, sealed, cancelled, amended, joint, train, mistakes)


def tell(story: Story) -> tuple[Thread, ...]:
    """Every thread, with the ids and times of this story."""
    return tuple(part.thread(story) for part in ORDER)
