"""What a section may use of a study: the estimates, less what its readers may not see."""

from outcomes.page.material import Material
from outcomes.page.readers import Readers
from outcomes.page.view.clinic import Clinic
from outcomes.page.view.outside import Outside
from outcomes.page.view.view import View

__all__ = ["Clinic", "Outside", "View", "view_of"]


def view_of(material: Material, readers: Readers) -> View:
    """Return the study as these readers may see it."""
    return Clinic(material) if readers.inside else Outside(material, limit=readers.smallest_count)
