
    // Do not modify this file by hand!
    // Re-generate this file by running lit-localize

    
    import {str} from '@lit/localize';

    /* eslint-disable no-irregular-whitespace */
    /* eslint-disable @typescript-eslint/no-explicit-any */

    export const templates = {
      's1b61db587d3e3f26': `Esc 键`,
's216495dcfbb60998': `调整一步`,
's2a4079ffe2df9ede': `方向键`,
's2e67039b0930550f': `样例与标签页`,
's40cdf1d4e2f4844e': `调整多步`,
's48b9c2e5aab7ea51': `空格键、回车键`,
's4d6d73c939e0c45c': `移动画笔；按住 Shift 时移动三倍距离`,
's51053b277af2237d': `落笔或抬笔`,
's5e8250fb85d64c23': `关闭`,
's62304b3d0363cbaf': str`无法加载本页的${0}文本。`,
's6ce0ce19e201b66c': `Tab 键`,
's74e056b27fb82b0c': `Page Up、Page Down 键`,
's7a26e66fb3b5f616': `清空画面`,
's868a566fb9603774': `键盘`,
's91c9d19286150071': `抬笔`,
's96e1e670e061a743': `移到第一个或最后一个`,
'sa8be6a2e26650963': `移到下一个并选中`,
'sc0dc424bdc3e44ad': `撤销上一笔`,
'sc1d6cf255a727480': `Ctrl + Z`,
'sc5019b6e8b0b415f': `Home、End 键`,
'sd3cf51b5da8087e4': `键盘操作说明`,
'sdbcbc9f511ec2679': `移到下一个控件`,
'sdc673e73b5c13aea': `Delete 键`,
'se1cf53772aea796f': `任何位置`,
'sedafa37c4e21a6fd': `滑块`,
'seecfdb50e69b1ad2': `绘图区`,
'sefcf950b3cc4fc3b': `语言`,
'sf2a4a3b1acf3f804': `打开此列表；按 Esc 键关闭`,
    };
  