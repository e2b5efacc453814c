//! Tables as kubectl prints them.

/// Formats rows as columns: each column as wide as its longest cell, with a gap of three spaces.
pub(crate) fn columns<'a>(rows: impl IntoIterator<Item = &'a [String]> + Clone) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows.clone() {
        for (index, cell) in row.iter().enumerate() {
            // Characters, not bytes: the width of a format string counts characters too.
            let width = cell.chars().count();
            match widths.get_mut(index) {
                Some(widest) => *widest = (*widest).max(width),
                None => widths.push(width),
            }
        }
    }
    rows.into_iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    // A line break in a name from the cluster must not start a forged row.
    let sanitized = |cell: &String| cell.replace(char::is_control, " ");
    let cells = row.iter().zip(widths).map(|(cell, width)| format!("{:<width$}", sanitized(cell)));
    let mut line = cells.collect::<Vec<_>>().join("   ");
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell_and_lines_have_no_trailing_spaces() {
        let rows =
            [["NAME", "READY"], ["crm", "Tr\nue"], ["maße", ""]].map(|row| row.map(str::to_owned));
        let text = columns(rows.iter().map(<[String; 2]>::as_slice));
        assert_eq!(text, "NAME   READY\ncrm    Tr ue\nmaße\n");
    }
}
