from pipeline.canvas.identity import ORDER
from pipeline.settings.strict import CANVAS_TABLES


def test_tables_in_the_configuration_are_those_of_canvas():
    assert CANVAS_TABLES == ORDER
